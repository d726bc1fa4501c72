"""The signs, letters and names that formulas are invented of, those that documents have most more than once."""

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "pi", "rho", "sigma", "tau", "phi",
    "psi", "omega", "eta", "xi", "chi", "zeta", "kappa", "varepsilon", "varphi", "Delta", "Gamma", "Lambda", "Sigma",
    "Omega", "Phi", "Psi", "Pi", "Theta",
)  # fmt: skip
LATIN = "abcdefghijklmnpqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ"
SYMBOLS = (r"\infty", r"\partial", r"\nabla", r"\ldots", r"\cdots", r"\hbar", r"\ell", r"\ell")
OPERATORS = (
    *("+", "-") * 6,
    *(r"\times", r"\cdot", r"\pm", "/", ",") * 2,
    *("*", r"\circ", r"\cup", r"\cap", r"\otimes", r"\oplus", r"\wedge"),
)
RELATIONS = (
    *("=",) * 12,
    *("<", ">", r"\leq", r"\geq", r"\neq", r"\approx", r"\in", r"\to", r"\sim", r"\equiv", ":") * 2,
    *(r"\subset", r"\subseteq", r"\mid", r"\simeq", r"\Rightarrow", r"\mapsto", r"\notin", r"\cong", r"\leftarrow"),
)
FUNCTIONS = (r"\sin", r"\cos", r"\log", r"\exp", r"\ln", r"\tan", r"\det", r"\arctan", r"\deg", r"\gcd", r"\ker")
LIMITS = (r"\lim", r"\max", r"\min", r"\sup")
ACCENTS = (r"\hat", r"\bar", r"\vec", r"\tilde", r"\dot", r"\ddot")
FENCES = (("(", ")"), ("(", ")"), ("[", "]"), (r"\{", r"\}"), ("|", "|"), (r"\|", r"\|"))
ROUND = (("(", ")"), ("(", ")"), ("[", "]"), (r"\{", r"\}"), ("|", "|"), (r"\langle ", r"\rangle"))
ALPHABETS = {r"\mathbf": LATIN, r"\mathbb": "CHNPQRZ", r"\mathcal": LATIN[25:]}
WORDS = ("and", "if", "for", "where", "max", "min", "eff", "out", "in", "kin", "tot", "rad", "ext", "LJ", "real", "id")
