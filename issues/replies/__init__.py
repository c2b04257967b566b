"""Filing without a name: what waits to be published, its reply code, and the questions that go by it."""
