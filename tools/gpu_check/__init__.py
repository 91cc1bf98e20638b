"""The whole check of the target ``cuda``, for a machine that has a GPU."""
