"""Workers on many machines: a Dask cluster (`distributed`) instead of local processes. Imported only when asked for."""
