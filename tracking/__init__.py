"""Where every vehicle is: protocols, fixes, the fleet, the archive and the gateway."""
