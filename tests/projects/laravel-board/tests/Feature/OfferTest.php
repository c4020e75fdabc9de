<?php

namespace Tests\Feature;

use Tests\TestCase;

class OfferTest extends TestCase
{
    public function test_the_board_is_up(): void
    {
        $this->get('/up')->assertOk();
        $this->assertNull(getenv('BOARD_TEST_ONLY') ?: null);
    }
}
