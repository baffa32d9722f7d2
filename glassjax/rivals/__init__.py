"""Other theories of glasses behind the same interface: Debye phonons, standard tunnelling, soft potentials."""
