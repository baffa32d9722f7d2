"""The paper recomputed: the numbers it prints, the figures that are calculations, and the effect of every choice."""
