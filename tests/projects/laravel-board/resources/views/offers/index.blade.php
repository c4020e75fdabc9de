<h1>Offers</h1>
@foreach ($offers as $offer)
    <p><a href="/offers/{{ $offer->id }}">{{ $offer->title }}</a></p>
@endforeach
