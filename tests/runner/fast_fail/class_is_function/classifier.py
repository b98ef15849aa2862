def Classifier():
    print(1)
