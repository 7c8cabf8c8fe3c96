"""A tiny CLIP: what it knows, how its pictures are drawn, how it is trained, exported and judged."""
