"""How fast the product is beside the fastest that the same machine can do: see docs/scale.md."""
