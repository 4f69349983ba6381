"""Our figure of a cloud bill beside the provider's own."""
