"""Infrastructure every part of the suite stands on: bus, database, resources and the published contracts.

No business logic lives here; business nouns appear only in `shared.contracts`.
"""
