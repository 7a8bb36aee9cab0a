"""What words mean: policy, templates and the renderings of a brief. Pure: no network, clock or environment."""
