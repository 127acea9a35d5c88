"""What must last beyond a conversation: our own tables, and the few ways to use them."""
