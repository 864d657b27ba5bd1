"""Areas, compounds, firms and project managers, and the imports that bring them in."""
