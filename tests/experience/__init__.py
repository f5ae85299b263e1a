"""What people see and touch: pages without barriers, light enough, understandable."""
