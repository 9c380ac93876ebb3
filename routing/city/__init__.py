"""The made-up city, noun by noun: its ground, streets, houses, institutions and names; `routing.synth` writes it."""
