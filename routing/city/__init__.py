"""The made-up city, noun by noun; `routing.synth` writes it as OpenStreetMap."""
