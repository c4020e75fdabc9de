registry = Prometheus::Client.registry
GALLERY_UPLOADS = registry.counter(:gallery_uploads_total, docstring: "Pictures that came.")
GALLERY_SIZE = Prometheus::Client::Histogram.new(:gallery_picture_bytes, docstring: "How large.")
