package org.wattenmeer.tides

import kotlin.test.Test
import kotlin.test.assertEquals

class SettingsTest {
    @Test
    fun `listens on 7070 unless told`() = assertEquals(7070, Settings.fromEnvironment().port)
}
