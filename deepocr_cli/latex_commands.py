"""The LaTeX commands that formulas in papers and books are written with, amsmath and amssymb among them."""

COMMANDS = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi pi varpi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega omicron Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi
    Psi Omega varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega aleph beth
    gimel daleth hbar hslash ell wp Re Im partial nabla infty emptyset varnothing imath jmath eth mho Bbbk digamma
    complement backprime prime

    frac dfrac tfrac cfrac binom dbinom tbinom genfrac sqrt root overline underline overrightarrow overleftarrow
    overleftrightarrow underrightarrow underleftarrow overbrace underbrace overset underset stackrel sideset substack
    hat widehat tilde widetilde bar vec dot ddot dddot ddddot acute grave breve check mathring not cancel bcancel
    xcancel boxed fbox tag notag nonumber label over atop choose above of limits nolimits displaylimits xrightarrow
    xleftarrow xleftrightarrow phantom hphantom vphantom smash ensuremath

    sum prod coprod int iint iiint iiiint oint oiint oiiint idotsint bigcup bigcap bigsqcup bigvee bigwedge bigoplus
    bigotimes bigodot biguplus

    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg lim liminf limsup max min sup inf
    arg det dim deg gcd hom ker Pr mod bmod pmod pod injlim projlim varlimsup varliminf operatorname argmax argmin

    le leq leqq leqslant ge geq geqq geqslant ne neq lt gt ll lll gg ggg prec succ preceq succeq preccurlyeq succcurlyeq
    precsim succsim sim simeq approx approxeq cong equiv asymp doteq doteqdot propto varpropto models vdash dashv Vdash
    vDash perp mid nmid parallel nparallel subset supset subseteq supseteq subsetneq supsetneq nsubseteq nsupseteq
    sqsubset sqsupset sqsubseteq sqsupseteq in ni notin owns bowtie smile frown between pitchfork lesssim gtrsim
    lessgtr gtrless lessapprox gtrapprox nless ngtr nleq ngeq nsim ncong trianglelefteq trianglerighteq triangleq
    coloneqq eqqcolon risingdotseq fallingdotseq thicksim thickapprox backsim bumpeq Bumpeq eqsim

    pm mp times div cdot ast star circ bullet cap cup uplus sqcap sqcup vee wedge lor land lnot neg setminus
    smallsetminus wr amalg dagger ddagger oplus ominus otimes oslash odot bigcirc diamond triangle bigtriangleup
    bigtriangledown triangleleft triangleright lhd rhd ltimes rtimes boxplus boxminus boxtimes boxdot circledast
    circledcirc circleddash dotplus Cup Cap doublecap doublecup curlyvee curlywedge barwedge veebar intercal centerdot

    to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longleftarrow longrightarrow
    longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow mapsto longmapsto hookleftarrow hookrightarrow
    leftharpoonup leftharpoondown rightharpoonup rightharpoondown rightleftharpoons leftrightharpoons uparrow downarrow
    updownarrow Uparrow Downarrow Updownarrow nearrow searrow swarrow nwarrow iff implies impliedby leadsto
    rightsquigarrow leftleftarrows rightrightarrows leftrightarrows rightleftarrows twoheadrightarrow twoheadleftarrow
    rightarrowtail leftarrowtail curvearrowleft curvearrowright circlearrowleft circlearrowright nleftarrow nrightarrow
    nRightarrow nLeftarrow nLeftrightarrow dashrightarrow dashleftarrow upharpoonright upharpoonleft restriction

    left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm langle rangle lbrace
    rbrace lbrack rbrack lceil rceil lfloor rfloor lvert rvert lVert rVert vert Vert backslash ulcorner urcorner
    llcorner lrcorner lgroup rgroup lmoustache rmoustache

    forall exists nexists therefore because top bot angle measuredangle sphericalangle triangledown square blacksquare
    Box Diamond lozenge blacklozenge bigstar clubsuit diamondsuit heartsuit spadesuit flat natural sharp surd checkmark
    maltese degree copyright pounds S P dag ddag colon cdots ldots dots vdots ddots dotsb dotsc dotsi dotsm dotso hdots
    blacktriangle blacktriangledown circledR yen

    mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathbb mathbin mathrel mathop mathord mathopen
    mathclose mathpunct mathinner mathnormal boldsymbol bm pmb text textrm textbf textit textsf texttt textnormal textup
    textsc emph mbox hbox rm bf it sf tt cal displaystyle textstyle scriptstyle scriptscriptstyle tiny small normalsize
    large Large color textcolor unboldmath boldmath

    quad qquad thinspace medspace thickspace enspace enskip hspace vspace hskip kern mkern mskip negthinspace space
    hfill hline cline multicolumn newline linebreak allowbreak nobreak strut mathstrut cr arraystretch

    AA aa AE ae OE oe O o L l ss i j
    """.split()  # noqa: SIM905
)
"""Names without their backslash. A formula with another command may well be right; no reader is sure to know it."""
