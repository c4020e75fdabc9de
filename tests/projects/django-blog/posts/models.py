"""What is written."""

from django.db import models


class Post(models.Model):
    """One post."""

    title = models.CharField(max_length=200)
    body = models.TextField()
    published = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.title
