"""The searches: S0, S1 and S2, and the maximal one."""
