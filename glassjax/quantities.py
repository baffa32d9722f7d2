"""The one table of observables: everything that the package has to know of a quantity stands here once.

A new observable needs an entry of this table, a method of the theories that answer it, and their limits in `validity`.
Nothing here imports NumPy or JAX, so that the command line can read it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """An observable of a glass against temperature.

    Attributes
    ----------
    title, label : str
        Its name in figures and reports, and a short one for titles of studies.
    symbol, mathtext : str
        Its symbol in plain text and in mathtext.
    unit : str
        SI unit of its values.
    method : str
        Method of a `glassjax.Theory` that answers it.
    timed : bool
        Whether it depends on the observation time.
    logarithmic : bool
        Whether it is positive and compared by its logarithm, so that its errors are relative; else its values are
        compared as they are.
    likelihood_unit : float
        The size, in ``unit``, that the likelihood takes as one where it is not logarithmic.
    typical_error : float
        Error of one more row where none is stated: relative if logarithmic, else in ``unit``.
    axis : str
        Label of its axis in mathtext.
    power : int
        Power of T by which figures divide it.
    coldest : float
        Temperature in K from which figures show it where no data reach lower.
    column : str
        Name of its column in files that are written.
    columns : frozenset of str
        Names of its column in files of the project's own format, in lower case and without spaces.
    option : str
        Option of ``glassjax new`` that names its file.
    words : frozenset of str
        Further names of its column in spreadsheets, in lower case, without spaces and signs.
    examples : str
        Units as people write them, for a message.
    units, molar_units : tuple of str
        Units to guess from; those per mole are for a known molar mass.
    usual : tuple of float
        Usual absolute values in SI at 0.1, 0.3, 1, 3, 10, 30, 100 and 300 K. They lie between silica and the polymers
        of the shipped datasets (and, for C of silica above 2 K, Debye's), and hold to a factor of about 5 (α: 30).
    odd : float
        Factor on the usual value, beyond which values are unlike those of any glass.
    """

    title: str
    label: str
    symbol: str
    mathtext: str
    unit: str
    method: str
    timed: bool
    logarithmic: bool
    typical_error: float
    axis: str
    column: str
    columns: frozenset[str]
    option: str
    words: frozenset[str]
    examples: str
    units: tuple[str, ...]
    usual: tuple[float, ...]
    odd: float
    molar_units: tuple[str, ...] = ()
    likelihood_unit: float = 1.0
    power: int = 0
    coldest: float = 0.3

    @property
    def residual_unit(self) -> str:
        """Unit of a difference of the theory and the data: "ln" of a logarithm, else that of the values."""
        return "ln" if self.logarithmic else self.unit

    def error_text(self, error: float) -> str:
        """Return an error in words, in per cent where it is relative."""
        return f"{100 * error:.3g} %" if self.logarithmic else f"{error:.2g} {self.unit}"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUANTITIES: dict[str, Quantity] = {
    "kappa": Quantity(
        title="thermal conductivity",
        label="conductivity",
        symbol="κ",
        mathtext=r"\kappa",
        unit="W/(m K)",
        method="thermal_conductivity",
        timed=False,
        logarithmic=True,
        typical_error=0.05,
        axis=r"$\kappa$ [W/(m K)]",
        coldest=0.1,
        column="kappa",
        columns=_words("kappa κ k conductivity thermalconductivity"),
        option="kappa",
        words=_words("""
            cond conducibilitàtermica conductividad conductividadtérmica conductivity conductivité
            conductivitéthermique kappatot kappatotal kth ktot ktotal lambda leitfaehigkeit
            leitfähigkeit tc thermalcond thermcond waermeleitfaehigkeit wlf
            wärmeleitfähigkeit κth κtot κtotal λ
        """),
        examples="W/(m K), W/(cm K) or mW/(cm K)",
        units=("W/(m K)", "mW/(cm K)", "W/(cm K)", "mW/(m K)"),
        usual=(0.0001, 0.0012, 0.008, 0.025, 0.07, 0.18, 0.4, 0.6),
        odd=30.0,
    ),
    "heat-capacity": Quantity(
        title="heat capacity",
        label="heat capacity",
        symbol="C",
        mathtext="C",
        unit="J/(kg K)",
        method="heat_capacity",
        timed=True,
        logarithmic=True,
        typical_error=0.05,
        axis=r"$C/T^3$ [J/(kg K$^4$)]",
        power=3,
        column="C",
        columns=_words("c cp cv heatcapacity specificheat specificheatcapacity"),
        option="cp",
        words=_words("""
            calorespecífico capacitécalorifique capacitéthermique chaleurspécifique cmol cpmol
            hc molarheat molarheatcapacity molwärme samphc samplehc sampleheatcapacity
            spezifischewärme spezifischewärmekapazität spezwärme
            spezwärmekapazität waermekapazitaet wärmekapazität
        """),
        examples="J/(kg K), J/(g K), mJ/(g K) or, with a molar mass, J/(mol K)",
        units=("J/(kg K)", "J/(g K)"),
        molar_units=("J/(mol K)", "mJ/(mol K)"),
        usual=(0.0002, 0.0015, 0.01, 0.3, 10.0, 110.0, 400.0, 1000.0),
        odd=30.0,
    ),
    "expansion": Quantity(
        title="linear thermal expansion",
        label="expansion",
        symbol="α",
        mathtext=r"\alpha",
        unit="1/K",
        method="thermal_expansion",
        timed=True,
        logarithmic=False,
        likelihood_unit=1e-9,
        typical_error=1e-10,
        axis=r"$\alpha$ [1/K]",
        column="alpha",
        columns=_words("alpha α expansion thermalexpansion linearexpansion cte"),
        option="alpha",
        words=_words("""
            a alphal ausdehnung ausdehnungskoeffizient coefficientofthermalexpansion
            dilatation expansioncoefficient expansivity linearthermalexpansion
            längenausdehnungskoeffizient thermalexpansioncoefficient wärmeausdehnung
            wärmeausdehnungskoeffizient αl
        """),
        examples="1/K, 1e-6/K or ppm/K",
        units=("1/K", "1e-6/K"),
        usual=(2e-10, 6e-10, 3e-09, 5e-08, 1e-06, 1e-05, 3e-05, 7e-05),
        odd=1000.0,
    ),
}
