"""Workers on many machines: a Dask cluster instead of local processes. `distributed` is imported when asked for."""
