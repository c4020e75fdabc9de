"""Omni-Architect: from a brief and a project to checked infrastructure files."""
