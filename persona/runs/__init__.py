"""The runs: the plan of a night, how it is strung together, replayed and explained."""
