"""The theory of Lubchenko & Wolynes (2005), a module for each part of it, in reduced units ħ = k_B = ω_D = a = 1."""
