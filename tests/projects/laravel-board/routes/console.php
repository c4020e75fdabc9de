<?php

use App\Models\Offer;
use Illuminate\Support\Facades\Schedule;

Schedule::call(fn () => Offer::where('created_at', '<', now()->subMonth())->delete())->daily();
