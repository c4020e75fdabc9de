<?php

use App\Http\Controllers\TicketController;
use App\Metrics;
use Illuminate\Support\Facades\Route;

Route::post('/tickets', [TicketController::class, 'open']);
Route::get('/metrics', fn () => response(Metrics::rendered(), 200, ['Content-Type' => 'text/plain']));
