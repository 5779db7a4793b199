"""What the steps share; each component brings this folder along by ``additional_includes``."""
