"""The test evaluation: metrics, baselines, intervals and significance."""
