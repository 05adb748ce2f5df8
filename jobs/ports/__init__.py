"""The seams: what the engine asks of the world, as Protocols. One contract suite runs against every implementation."""
