"""Measurements of the program on the machine it runs on: how fast it reads, and how precisely at which compression."""
