"""Words for people: pure functions from values to Chinese text. Nothing here sends anything or knows NoneBot."""
