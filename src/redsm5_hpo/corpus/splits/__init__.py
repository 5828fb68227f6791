"""Posts assigned to splits and folds without leakage, and the differences that a test split can detect."""
