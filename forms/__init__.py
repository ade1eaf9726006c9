"""Questions: what a form file asks, whether an answer is right, how it is shown, and which facts it becomes."""
