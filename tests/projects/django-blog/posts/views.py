"""Pages."""

from django.http import JsonResponse

from posts.models import Post


def index(request):
    """The newest posts."""
    posts = Post.objects.order_by("-published")[:20]
    return JsonResponse({"posts": [post.title for post in posts]})
