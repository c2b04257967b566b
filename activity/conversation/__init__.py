"""What people say to each other about a subject: comments, whom they mention, and thanks. Spec 06, Comments."""
