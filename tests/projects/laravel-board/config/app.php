<?php

return [
    'name' => env('APP_NAME', 'Board'),
    'env' => env('APP_ENV', 'production'),
    'debug' => (bool) env('APP_DEBUG', false),
    'url' => env('APP_URL', 'http://localhost'),
    'timezone' => 'Europe/Berlin',
    'cipher' => 'AES-256-CBC',
    'key' => env('APP_KEY'),
];
