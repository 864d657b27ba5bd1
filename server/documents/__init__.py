"""Official documents of every type: register, numbers, templates, paper, signature, verification."""
