"""The only writers of results: of a training, of a check, of a rescoring."""
