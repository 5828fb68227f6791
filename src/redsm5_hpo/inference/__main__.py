"""`python -m redsm5_hpo.inference`: the predict command."""

from redsm5_hpo.inference.command import predict_main

if __name__ == "__main__":
    predict_main()
