<?php

return [
    'contact' => env('BOARD_CONTACT', 'board@example.org'),
];
