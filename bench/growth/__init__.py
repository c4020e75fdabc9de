"""How the product grows: 100 to 100,000 jobs."""
