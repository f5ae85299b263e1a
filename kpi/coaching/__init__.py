"""Coaching: types proposed by rule, confirmed by the supervisor, acted upon, and looked at afterwards."""
