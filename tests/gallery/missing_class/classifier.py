class Clasifier:
    pass
