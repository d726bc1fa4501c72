"""Texts, fonts and real pages become the weights of the embedded network; nothing here is needed to convert."""
