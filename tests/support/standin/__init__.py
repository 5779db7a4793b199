"""Stand-ins for Azure on this machine: real clients talk to them, and nothing leaves loopback."""
