"""How long every road takes: the graph, its kernels, places and tiles."""
