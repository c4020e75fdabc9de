<?php

namespace App\Http\Controllers;

use App\Models\Offer;
use Illuminate\Http\Request;

class OfferController
{
    public function index()
    {
        return view('offers.index', ['offers' => Offer::latest()->limit(50)->get()]);
    }

    public function store(Request $request)
    {
        $offer = Offer::create($request->validate(['title' => 'required|max:200']));

        return redirect("/offers/{$offer->id}");
    }

    public function show(Offer $offer)
    {
        return view('offers.show', ['offer' => $offer, 'contact' => config('board.contact')]);
    }
}
