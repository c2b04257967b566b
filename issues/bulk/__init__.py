"""What came up together, in a session say: many lines at once, each new or known already, filed in one go."""
